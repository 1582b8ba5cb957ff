// A regular file in place of a netlink socket, for checks and fuzzers, which are linked with `--wrap`. The file has the
// answers, one each time that datagrams are received, and END; what is sent is added to it.
// An answer: the number of datagrams, or ERROR and an errno; of each datagram its length, flags, sender's port, and bytes.
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ERROR 128
#define END 255

ssize_t __real_send(int descriptor, const void *bytes, size_t length, int flags);
ssize_t __wrap_send(int descriptor, const void *bytes, size_t length, int flags);
int __real_recvmmsg(int descriptor, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout);
int __wrap_recvmmsg(int descriptor, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout);

ssize_t __wrap_send(int descriptor, const void *bytes, size_t length, int flags) {
  struct stat status;
  if (fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode)) return __real_send(descriptor, bytes, length, flags);
  return pwrite(descriptor, bytes, length, status.st_size);
}

int __wrap_recvmmsg(int descriptor, struct mmsghdr *headers, unsigned count, int flags, struct timespec *timeout) {
  struct stat status;
  if (fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode))
    return __real_recvmmsg(descriptor, headers, count, flags, timeout);
  uint8_t datagrams = END;
  if (read(descriptor, &datagrams, 1) == 1 && datagrams == END) (void)lseek(descriptor, -1, SEEK_CUR);
  errno = datagrams == END ? EAGAIN : datagrams - ERROR;
  if (datagrams >= ERROR) return -1;
  for (unsigned i = 0; i < datagrams && i < count; i++) {
    struct msghdr *header = &headers[i].msg_hdr;
    uint32_t field[3];
    if (read(descriptor, field, sizeof field) != sizeof field) return (int)i;
    headers[i].msg_len = (unsigned)read(descriptor, header->msg_iov->iov_base, field[0]);
    header->msg_flags = (int)field[1];
    // The port of `struct sockaddr_nl`.
    ((uint32_t *)header->msg_name)[1] = field[2];
  }
  return datagrams;
}
