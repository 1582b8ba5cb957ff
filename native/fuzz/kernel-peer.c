// A fake kernel in the parent process in place of generic netlink, for checks of the whole program, which is linked with
// `--wrap`: test/support/fake-kernel/child-kernel.ts is the other side, at the Unix socket that is the descriptor PEER.
// A call: a number of bytes and a datagram, or RECEIVE and how many datagrams at most. Its answer: 0 or how many there are,
// or ERROR and an errno; then of each datagram its length and bytes. The first answer, to no call, is the socket's port.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEER 3
#define GENERIC 16
#define RECEIVE 0x80000000u
#define ERROR 0x80000000u

int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
int __real_bind(int descriptor, const struct sockaddr *address, socklen_t length);
int __wrap_bind(int descriptor, const struct sockaddr *address, socklen_t length);
int __real_setsockopt(int descriptor, int level, int name, const void *value, socklen_t length);
int __wrap_setsockopt(int descriptor, int level, int name, const void *value, socklen_t length);
int __real_getsockname(int descriptor, struct sockaddr *address, socklen_t *length);
int __wrap_getsockname(int descriptor, struct sockaddr *address, socklen_t *length);
ssize_t __real_send(int descriptor, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int descriptor, const void *bytes, size_t length, int flags);
int __wrap_recvmmsg(int descriptor, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout);

/// The descriptor of the program's socket; it has one at a time.
static int fake = -1;
static uint32_t port;

static void take(void *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    ssize_t got = read(PEER, (uint8_t *)bytes + at, length - at);
    if (got <= 0) abort();
    at += (size_t)got;
  }
}

static void put(const void *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    ssize_t put = write(PEER, (const uint8_t *)bytes + at, length - at);
    if (put <= 0) abort();
    at += (size_t)put;
  }
}

/// The answer to a call; -1 with errno for an error.
static int answer(void) {
  uint32_t number;
  take(&number, sizeof number);
  if (number < ERROR) return (int)number;
  errno = (int)(number - ERROR);
  return -1;
}

int __wrap_socket(int family, int type, int protocol) {
  if (family != AF_NETLINK || protocol != GENERIC) return __real_socket(family, type, protocol);
  if (port == 0) take(&port, sizeof port);
  fake = dup(PEER);
  return fake;
}

int __wrap_bind(int descriptor, const struct sockaddr *address, socklen_t length) {
  return descriptor == fake ? 0 : __real_bind(descriptor, address, length);
}

int __wrap_setsockopt(int descriptor, int level, int name, const void *value, socklen_t length) {
  return descriptor == fake ? 0 : __real_setsockopt(descriptor, level, name, value, length);
}

int __wrap_getsockname(int descriptor, struct sockaddr *address, socklen_t *length) {
  if (descriptor != fake) return __real_getsockname(descriptor, address, length);
  ((uint32_t *)(void *)address)[1] = port;
  return 0;
}

ssize_t __wrap_send(int descriptor, const void *bytes, size_t length, int flags) {
  if (descriptor != fake) return __real_send(descriptor, bytes, length, flags);
  uint32_t number = (uint32_t)length;
  put(&number, sizeof number);
  put(bytes, length);
  return answer() < 0 ? -1 : (ssize_t)length;
}

int __wrap_recvmmsg(int descriptor, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout) {
  (void)flags, (void)timeout;
  if (descriptor != fake) abort();
  uint32_t number = RECEIVE + count;
  put(&number, sizeof number);
  int datagrams = answer();
  for (int i = 0; i < datagrams; i++) {
    struct msghdr *header = &headers[i].msg_hdr;
    size_t room = header->msg_iov->iov_len;
    uint32_t length;
    take(&length, sizeof length);
    take(header->msg_iov->iov_base, length < room ? length : room);
    for (uint8_t rest; room < length; room++) take(&rest, sizeof rest);
    headers[i].msg_len = length < header->msg_iov->iov_len ? length : (unsigned)header->msg_iov->iov_len;
    header->msg_flags = length > header->msg_iov->iov_len ? MSG_TRUNC : 0;
    // The port of `struct sockaddr_nl`: the kernel's.
    ((uint32_t *)header->msg_name)[1] = 0;
  }
  return datagrams;
}
