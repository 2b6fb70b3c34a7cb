/* The host's printf-like functions: Rust judges the format, they format, and hand the text on to Rust. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A format that is no constant must be found before it is followed: a %n in it writes anywhere. */
void standin_log_begins(const char *format);
void standin_write_begins(const char *format);
void standin_logged(const char *leg, int level, const char *text);
int standin_written(void *stream, const char *text);
int standin_kept(void *stream, const char *text);

/* Empty where memory ran out: the caller frees it. */
static char *formatted(const char *format, va_list arguments)
{
	char *text = NULL;
	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
	}
	return text;
}

void switch_log_printf(int channel, const char *file, const char *func, int line, const char *userdata, int level, const char *fmt, ...)
{
	(void)channel; (void)file; (void)func; (void)line;
	standin_log_begins(fmt);
	va_list arguments;
	va_start(arguments, fmt);
	char *text = formatted(fmt, arguments);
	va_end(arguments);
	standin_logged(userdata, level, text ? text : "");
	free(text);
}

/* The host's writer for streams of one's own. */
int switch_console_stream_write(void *stream, const char *fmt, ...)
{
	standin_write_begins(fmt);
	va_list arguments;
	va_start(arguments, fmt);
	char *text = formatted(fmt, arguments);
	va_end(arguments);
	int status = standin_kept(stream, text ? text : "");
	free(text);
	return status;
}

int standin_stream_write(void *stream, const char *fmt, ...)
{
	standin_write_begins(fmt);
	va_list arguments;
	va_start(arguments, fmt);
	char *text = formatted(fmt, arguments);
	va_end(arguments);
	int status = standin_written(stream, text ? text : "");
	free(text);
	return status;
}
