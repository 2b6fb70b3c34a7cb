/*
 * Stands before what mod_callpark registers with its host and takes from it while it loads, and refuses one of these calls.
 *
 * CALLPARK_PRELOAD names a file with a number: which call of each load is refused, counted from 1; 0 or no file: none. What the
 * module has been given and has not given back, one line for each kind, is in the file of that name with ".account" behind it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, REFUSED = 9 };

/* What is counted: given, less given back. */
enum { SUBCLASS, COMPLETION, EVENT, CHANNEL, POOL, KINDS };
static const char *const NAMES[KINDS] = { "subclass", "completion", "event", "channel", "pool" };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int calls, has[KINDS];

static int is_ours(const void *caller)
{
	Dl_info info;

	return dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, "mod_callpark");
}

static int refused_call(void)
{
	const char *order = getenv("CALLPARK_PRELOAD");
	char text[16] = "";
	int file = order ? open(order, O_RDONLY | O_CLOEXEC) : -1;

	if (file < 0) {
		return 0;
	}
	if (read(file, text, sizeof(text) - 1) < 0) {
		text[0] = 0;
	}
	close(file);
	return atoi(text);
}

/* Whether this call of the module's is the one. */
static int is_refused(void)
{
	int wanted = refused_call(), is;

	pthread_mutex_lock(&lock);
	is = ++calls == wanted;
	pthread_mutex_unlock(&lock);
	return is;
}

static void count(int kind, int change)
{
	const char *order = getenv("CALLPARK_PRELOAD");
	char path[4096];
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "%s.account", order ? order : "/dev/null");
	pthread_mutex_lock(&lock);
	has[kind] += change;
	if ((file = fopen(path, "we"))) {
		for (i = 0; i < KINDS; i++) {
			fprintf(file, "%s %d\n", NAMES[i], has[i]);
		}
		fclose(file);
	}
	pthread_mutex_unlock(&lock);
}

/* The host's own function, by its name. */
#define HOSTS(function, result, ...) ((result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #function))
#define OURS is_ours(__builtin_return_address(0))

void *switch_loadable_module_create_module_interface(void *pool, const char *name)
{
	if (OURS) {
		pthread_mutex_lock(&lock);
		calls = 0;
		pthread_mutex_unlock(&lock);
		if (is_refused()) {
			return NULL;
		}
	}
	return HOSTS(switch_loadable_module_create_module_interface, void *, void *, const char *)(pool, name);
}

void *switch_loadable_module_create_interface(void *module, int kind)
{
	if (OURS && is_refused()) {
		return NULL;
	}
	return HOSTS(switch_loadable_module_create_interface, void *, void *, int)(module, kind);
}

int switch_event_reserve_subclass_detailed(const char *owner, const char *name)
{
	int ours = OURS, status;

	if (ours && is_refused()) {
		return REFUSED;
	}
	status = HOSTS(switch_event_reserve_subclass_detailed, int, const char *, const char *)(owner, name);
	if (ours && status == SUCCESS) {
		count(SUBCLASS, 1);
	}
	return status;
}

int switch_event_free_subclass_detailed(const char *owner, const char *name)
{
	int ours = OURS, status;

	status = HOSTS(switch_event_free_subclass_detailed, int, const char *, const char *)(owner, name);
	if (ours && status == SUCCESS) {
		count(SUBCLASS, -1);
	}
	return status;
}

int switch_console_add_complete_func(const char *name, void *function)
{
	int ours = OURS, status;

	if (ours && is_refused()) {
		return REFUSED;
	}
	status = HOSTS(switch_console_add_complete_func, int, const char *, void *)(name, function);
	if (ours && status == SUCCESS) {
		count(COMPLETION, 1);
	}
	return status;
}

int switch_console_del_complete_func(const char *name)
{
	int ours = OURS, status;

	status = HOSTS(switch_console_del_complete_func, int, const char *)(name);
	if (ours && status == SUCCESS) {
		count(COMPLETION, -1);
	}
	return status;
}

/* The lines themselves are asked of the host. */
int switch_console_set_complete(const char *line)
{
	if (OURS && strncmp(line, "add ", 4) == 0 && is_refused()) {
		return REFUSED;
	}
	return HOSTS(switch_console_set_complete, int, const char *)(line);
}

int switch_event_bind_removable(const char *id, int event, const char *subclass, void *callback, void *data, void **node)
{
	int ours = OURS, status;

	if (ours && is_refused()) {
		return REFUSED;
	}
	status = HOSTS(switch_event_bind_removable, int, const char *, int, const char *, void *, void *, void **)(id, event, subclass, callback, data, node);
	if (ours && status == SUCCESS) {
		count(EVENT, 1);
	}
	return status;
}

int switch_event_unbind(void **node)
{
	int ours = OURS, status;

	status = HOSTS(switch_event_unbind, int, void **)(node);
	if (ours && status == SUCCESS) {
		count(EVENT, -1);
	}
	return status;
}

int switch_event_channel_bind(const char *channel, void *function, uint32_t *id, void *data)
{
	int ours = OURS, status;

	if (ours && is_refused()) {
		return REFUSED;
	}
	status = HOSTS(switch_event_channel_bind, int, const char *, void *, uint32_t *, void *)(channel, function, id, data);
	if (ours && status == SUCCESS) {
		count(CHANNEL, 1);
	}
	return status;
}

uint32_t switch_event_channel_unbind(const char *channel, void *function, void *data)
{
	int ours = OURS;
	uint32_t removed;

	removed = HOSTS(switch_event_channel_unbind, uint32_t, const char *, void *, void *)(channel, function, data);
	if (ours) {
		count(CHANNEL, -(int)removed);
	}
	return removed;
}

int switch_core_perform_new_memory_pool(void **pool, const char *file, const char *function, int line)
{
	int ours = OURS, status;

	if (ours && is_refused()) {
		return REFUSED;
	}
	status = HOSTS(switch_core_perform_new_memory_pool, int, void **, const char *, const char *, int)(pool, file, function, line);
	if (ours && status == SUCCESS) {
		count(POOL, 1);
	}
	return status;
}

int switch_core_perform_destroy_memory_pool(void **pool, const char *file, const char *function, int line)
{
	int ours = OURS, status;

	status = HOSTS(switch_core_perform_destroy_memory_pool, int, void **, const char *, const char *, int)(pool, file, function, line);
	if (ours && status == SUCCESS) {
		count(POOL, -1);
	}
	return status;
}
