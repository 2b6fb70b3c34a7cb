/* The host's two printf-like functions: they format, and hand the text on to Rust. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void standin_logged(const char *leg, int level, const char *format, const char *text);
int standin_written(void *stream, const char *format, const char *text);

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
	va_list arguments;
	va_start(arguments, fmt);
	char *text = formatted(fmt, arguments);
	va_end(arguments);
	standin_logged(userdata, level, fmt, text ? text : "");
	free(text);
}

int standin_stream_write(void *stream, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	char *text = formatted(fmt, arguments);
	va_end(arguments);
	int status = standin_written(stream, fmt, text ? text : "");
	free(text);
	return status;
}
