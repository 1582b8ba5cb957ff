// System calls on files.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

static JSValue invalid(JSContext *context) { return JS_NewInt32(context, -EINVAL); }

static void free_buffer(JSRuntime *runtime, void *data, void *bytes) {
  (void)runtime;
  (void)data;
  free(bytes);
}

/// An uninitialized buffer, which takes memory only where it is used.
static HOST_FUNCTION(new_buffer) {
  int length = host_int(context, arguments[0]);
  uint8_t *bytes = length > 0 ? malloc((size_t)length) : NULL;
  if (bytes == NULL) return JS_ThrowOutOfMemory(context);
  return JS_NewArrayBuffer(context, bytes, (size_t)length, free_buffer, NULL, 0);
}

static HOST_FUNCTION(file_open) {
  const char *path = host_path(context, arguments[0]);
  if (path == NULL) return invalid(context);
  int flags = host_int(context, arguments[1]) | O_CLOEXEC;
  JSValue result = host_result(context, open(path, flags, host_int(context, arguments[2])));
  JS_FreeCString(context, path);
  return result;
}

static HOST_FUNCTION(file_close) { return host_result(context, close(host_int(context, arguments[0]))); }

static HOST_FUNCTION(file_read) {
  Bytes bytes = host_bytes(context, arguments[1]);
  if (bytes.data == NULL) return invalid(context);
  return host_result(context, read(host_int(context, arguments[0]), bytes.data, bytes.length));
}

static HOST_FUNCTION(file_write) {
  Bytes bytes = host_bytes(context, arguments[1]);
  if (bytes.data == NULL) return invalid(context);
  return host_result(context, write(host_int(context, arguments[0]), bytes.data, bytes.length));
}

/// Writes mode, owner and group of a file into three numbers of 32 bits.
static HOST_FUNCTION(file_stat) {
  struct stat found;
  uint32_t *fields = host_numbers(context, arguments[1], 3, NULL);
  const char *path = fields == NULL ? NULL : host_path(context, arguments[0]);
  if (path == NULL) return invalid(context);
  JSValue result = host_result(context, stat(path, &found));
  JS_FreeCString(context, path);
  if (JS_VALUE_GET_INT(result) < 0) return result;
  fields[0] = found.st_mode;
  fields[1] = found.st_uid;
  fields[2] = found.st_gid;
  return result;
}

static HOST_FUNCTION(file_fsync) { return host_result(context, fsync(host_int(context, arguments[0]))); }

static HOST_FUNCTION(file_fchmod) {
  return host_result(context, fchmod(host_int(context, arguments[0]), (mode_t)host_int(context, arguments[1])));
}

static HOST_FUNCTION(file_fchown) {
  int64_t owner, group;
  if (JS_ToInt64(context, &owner, arguments[1]) || JS_ToInt64(context, &group, arguments[2])) return JS_EXCEPTION;
  return host_result(context, fchown(host_int(context, arguments[0]), (uid_t)owner, (gid_t)group));
}

static HOST_FUNCTION(file_rename) {
  const char *from = host_path(context, arguments[0]);
  const char *to = host_path(context, arguments[1]);
  JSValue result = from && to ? host_result(context, rename(from, to)) : invalid(context);
  JS_FreeCString(context, from);
  JS_FreeCString(context, to);
  return result;
}

static HOST_FUNCTION(file_unlink) {
  const char *path = host_path(context, arguments[0]);
  if (path == NULL) return invalid(context);
  JSValue result = host_result(context, unlink(path));
  JS_FreeCString(context, path);
  return result;
}

/// The target of a symbolic link, or a negative errno.
static HOST_FUNCTION(file_readlink) {
  char target[4096];
  const char *path = host_path(context, arguments[0]);
  if (path == NULL) return invalid(context);
  ssize_t length = readlink(path, target, sizeof target);
  JSValue result = length < 0 ? host_result(context, -1) : host_decode(context, target, (size_t)length);
  JS_FreeCString(context, path);
  return result;
}

/// The names in a folder, without `.` and `..`, or a negative errno.
static HOST_FUNCTION(file_list) {
  const char *path = host_path(context, arguments[0]);
  if (path == NULL) return invalid(context);
  DIR *folder = opendir(path);
  JSValue failure = host_result(context, folder == NULL ? -1 : 0);
  JS_FreeCString(context, path);
  if (folder == NULL) return failure;
  JSValue names = JS_NewArray(context);
  uint32_t length = 0;
  const struct dirent *entry;
  // Only errno tells an error from the end.
  while (errno = 0, (entry = readdir(folder)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    JS_SetPropertyUint32(context, names, length++, host_decode(context, entry->d_name, strlen(entry->d_name)));
  }
  failure = host_result(context, errno == 0 ? 0 : -1);
  closedir(folder);
  if (JS_VALUE_GET_INT(failure) == 0) return names;
  JS_FreeValue(context, names);
  return failure;
}

const JSCFunctionListEntry host_files[] = {
    JS_CFUNC_DEF("open", 3, file_open),         JS_CFUNC_DEF("close", 1, file_close),
    JS_CFUNC_DEF("read", 2, file_read),         JS_CFUNC_DEF("write", 2, file_write),
    JS_CFUNC_DEF("stat", 2, file_stat),         JS_CFUNC_DEF("fsync", 1, file_fsync),
    JS_CFUNC_DEF("fchmod", 2, file_fchmod),     JS_CFUNC_DEF("fchown", 3, file_fchown),
    JS_CFUNC_DEF("rename", 2, file_rename),     JS_CFUNC_DEF("unlink", 1, file_unlink),
    JS_CFUNC_DEF("readlink", 1, file_readlink), JS_CFUNC_DEF("buffer", 1, new_buffer),
    JS_CFUNC_DEF("list", 1, file_list),
};
const int host_files_count = sizeof host_files / sizeof *host_files;
