/*
 * Stands before a program's sendto: packets to one port take long, as on a network that takes none.
 *
 * CALLPARK_PRELOAD names a file with two numbers: the port, or 0 for all, and how many microseconds a packet to it takes. Without
 * the file nothing hangs; it may come, change and go at any time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef ssize_t (*sendto_fn)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);

static void hang(const struct sockaddr_in *to)
{
	const char *order = getenv("CALLPARK_PRELOAD");
	char text[64] = "";
	unsigned port = 0;
	long micros = 0;
	int file = order ? open(order, O_RDONLY | O_CLOEXEC) : -1;

	if (file < 0) {
		return;
	}
	if (read(file, text, sizeof(text) - 1) > 0 && sscanf(text, "%u %ld", &port, &micros) == 2 && (port == 0 || ntohs(to->sin_port) == port)) {
		struct timespec pause = { micros / 1000000, micros % 1000000 * 1000 };
		nanosleep(&pause, NULL);
	}
	close(file);
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
	sendto_fn next = (sendto_fn)dlsym(RTLD_NEXT, "sendto");

	if (to && to->sa_family == AF_INET) {
		hang((const struct sockaddr_in *)to);
	}
	return next(fd, data, length, flags, to, to_length);
}
