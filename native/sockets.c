// Sockets: generic netlink, UDP for name servers, Unix for the lock.
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "host.h"

/// `struct sockaddr_nl` of linux/netlink.h, which musl does not have.
struct netlink_address {
  sa_family_t family;
  uint16_t padding;
  uint32_t port;
  uint32_t groups;
};

/// linux/netlink.h: the kernel adds its reason in words to an errno.
#define SOL_NETLINK_OPTIONS 270
#define EXTENDED_ACKNOWLEDGEMENT 11

/// The most datagrams that one call receives.
#define DATAGRAMS 8

static JSValue invalid(JSContext *context) { return JS_NewInt32(context, -EINVAL); }

/// A descriptor, or after an error its errno; the descriptor is closed then.
static JSValue opened(JSContext *context, int descriptor, int failed) {
  if (!failed) return JS_NewInt32(context, descriptor);
  JSValue result = host_result(context, -1);
  if (descriptor >= 0) close(descriptor);
  return result;
}

/// A bound socket of a netlink protocol, whose receive calls fail after this many milliseconds (EAGAIN).
static HOST_FUNCTION(netlink_socket) {
  struct netlink_address address = {.family = AF_NETLINK};
  int time = host_int(context, arguments[1]);
  struct timeval timeout = {.tv_sec = time / 1000, .tv_usec = time % 1000 * 1000};
  int on = 1;
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, host_int(context, arguments[0]));
  // Kernels before 4.12 do not have it.
  if (descriptor >= 0) (void)setsockopt(descriptor, SOL_NETLINK_OPTIONS, EXTENDED_ACKNOWLEDGEMENT, &on, sizeof on);
  return opened(context, descriptor,
                descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ||
                    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0);
}

static HOST_FUNCTION(netlink_port) {
  struct netlink_address address = {0};
  socklen_t length = sizeof address;
  if (getsockname(host_int(context, arguments[0]), (struct sockaddr *)&address, &length) < 0)
    return host_result(context, -1);
  return JS_NewInt64(context, address.port);
}

long host_send(int descriptor, const uint8_t *bytes, size_t length) { return send(descriptor, bytes, length, 0); }

static HOST_FUNCTION(netlink_send) {
  Bytes bytes = host_bytes(context, arguments[1]);
  if (bytes.data == NULL) return invalid(context);
  return host_result(context, host_send(host_int(context, arguments[0]), bytes.data, bytes.length));
}

long host_receive(int descriptor, uint8_t *bytes, size_t size, size_t most, uint32_t *field) {
  struct netlink_address senders[DATAGRAMS];
  struct iovec vectors[DATAGRAMS];
  struct mmsghdr headers[DATAGRAMS];
  if (most > DATAGRAMS) most = DATAGRAMS;
  memset(headers, 0, sizeof headers);
  // A sender that the kernel does not name is not the kernel.
  memset(senders, 255, sizeof senders);
  for (size_t i = 0; i < most; i++) {
    vectors[i] = (struct iovec){bytes + i * size, size};
    headers[i].msg_hdr.msg_name = &senders[i];
    headers[i].msg_hdr.msg_namelen = sizeof senders[i];
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  int received = recvmmsg(descriptor, headers, (unsigned)most, MSG_WAITFORONE, NULL);
  for (int i = 0; i < received; i++) {
    *field++ = headers[i].msg_len;
    *field++ = (uint32_t)headers[i].msg_hdr.msg_flags;
    *field++ = senders[i].port;
  }
  return received;
}

/// Receives into an array, as many datagrams as it has room for (host_receive).
static HOST_FUNCTION(netlink_receive) {
  Bytes bytes = host_bytes(context, arguments[1]);
  int size = host_int(context, arguments[2]);
  size_t numbers;
  uint32_t *field = host_numbers(context, arguments[3], DATAGRAM_FIELDS, &numbers);
  if (bytes.data == NULL || field == NULL || size <= 0) return invalid(context);
  size_t room = bytes.length / (size_t)size;
  if (room > DATAGRAMS) room = DATAGRAMS;
  if (room == 0 || numbers < room * DATAGRAM_FIELDS) return invalid(context);
  return host_result(context, host_receive(host_int(context, arguments[0]), bytes.data, (size_t)size, room, field));
}

/// A socket of a type that is connected, or connecting, to an address of 4 or 16 bytes and a port. `scope` is the number of
/// the interface for an address that counts on one link only.
static JSValue connected(JSContext *context, JSValueConst *arguments, int type, int scope) {
  Bytes bytes = host_bytes(context, arguments[0]);
  uint16_t port = htons((uint16_t)host_int(context, arguments[1]));
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = port};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = port, .sin6_scope_id = (uint32_t)scope};
  const struct sockaddr *address = (struct sockaddr *)&v4;
  socklen_t length = sizeof v4;
  if (bytes.data != NULL && bytes.length == sizeof v4.sin_addr) {
    memcpy(&v4.sin_addr, bytes.data, sizeof v4.sin_addr);
  } else if (bytes.data != NULL && bytes.length == sizeof v6.sin6_addr) {
    memcpy(&v6.sin6_addr, bytes.data, sizeof v6.sin6_addr);
    address = (struct sockaddr *)&v6;
    length = sizeof v6;
  } else {
    return invalid(context);
  }
  int descriptor = socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return opened(context, descriptor,
                descriptor < 0 || (connect(descriptor, address, length) < 0 && errno != EINPROGRESS));
}

/// A UDP socket that takes datagrams of one address and port only.
static HOST_FUNCTION(udp_socket) {
  return connected(context, arguments, SOCK_DGRAM, host_int(context, arguments[2]));
}

/// The number of an interface.
static HOST_FUNCTION(interface_index) {
  const char *name = host_path(context, arguments[0]);
  if (name == NULL) return invalid(context);
  errno = ENODEV;
  // The C library would cut a longer name.
  unsigned index = strlen(name) < IF_NAMESIZE ? if_nametoindex(name) : 0;
  JS_FreeCString(context, name);
  return index == 0 ? host_result(context, -1) : JS_NewInt64(context, index);
}

/// A TCP socket, which can be written to when it is connected or has failed.
static HOST_FUNCTION(tcp_socket) { return connected(context, arguments, SOCK_STREAM, 0); }

/// The errno with which a socket has failed, or 0.
static HOST_FUNCTION(socket_error) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(host_int(context, arguments[0]), SOL_SOCKET, SO_ERROR, &error, &length) < 0)
    return host_result(context, -1);
  return JS_NewInt32(context, error);
}

/// The address of a Unix socket: a path if it begins with a slash, else an abstract name; its length, 0 if it does not fit.
static socklen_t unix_address(JSContext *context, JSValueConst name, struct sockaddr_un *address) {
  Bytes bytes = host_bytes(context, name);
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (bytes.data == NULL || bytes.length > sizeof address->sun_path - 1) return 0;
  // A path is followed by the NUL that ends it, an abstract name by nothing.
  size_t start = bytes.length > 0 && bytes.data[0] == '/' ? 0 : 1;
  memcpy(address->sun_path + start, bytes.data, bytes.length);
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + bytes.length);
}

static HOST_FUNCTION(unix_listen) {
  struct sockaddr_un address;
  socklen_t length = unix_address(context, arguments[0], &address);
  if (length == 0) return invalid(context);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return opened(context, descriptor,
                descriptor < 0 || bind(descriptor, (struct sockaddr *)&address, length) < 0 ||
                    listen(descriptor, SOMAXCONN) < 0);
}

static HOST_FUNCTION(unix_connect) {
  struct sockaddr_un address;
  socklen_t length = unix_address(context, arguments[0], &address);
  if (length == 0) return invalid(context);
  int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return opened(context, descriptor, descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, length) < 0);
}

static HOST_FUNCTION(unix_accept) {
  return host_result(context, accept4(host_int(context, arguments[0]), NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

const JSCFunctionListEntry host_sockets[] = {
    JS_CFUNC_DEF("netlinkSocket", 2, netlink_socket), JS_CFUNC_DEF("netlinkPort", 1, netlink_port),
    JS_CFUNC_DEF("send", 2, netlink_send),            JS_CFUNC_DEF("receive", 4, netlink_receive),
    JS_CFUNC_DEF("tcpSocket", 2, tcp_socket),         JS_CFUNC_DEF("socketError", 1, socket_error),
    JS_CFUNC_DEF("udpSocket", 3, udp_socket),         JS_CFUNC_DEF("interfaceIndex", 1, interface_index),
    JS_CFUNC_DEF("unixListen", 1, unix_listen),       JS_CFUNC_DEF("unixConnect", 1, unix_connect),
    JS_CFUNC_DEF("accept", 1, unix_accept),
};
const int host_sockets_count = sizeof host_sockets / sizeof *host_sockets;
