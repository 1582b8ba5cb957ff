// Part of the build: compiles the modules of a program to bytecode. Words: FROM TO, as many pairs as there are modules.
// The module's name is the last part of FROM. Its imports are ignored.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static char *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
  rewind(file);
  char *text = size < 0 ? NULL : malloc((size_t)size + 1);
  if (text != NULL && fread(text, 1, (size_t)size, file) == (size_t)size) {
    text[size] = '\0';
    *length = (size_t)size;
  }
  fclose(file);
  return text;
}

/// The engine loads what a module imports; here it gets a module without content.
static int fill_nothing(JSContext *context, JSModuleDef *module) {
  (void)context;
  (void)module;
  return 0;
}

static JSModuleDef *stand_in(JSContext *context, const char *name, void *data) {
  (void)data;
  return JS_NewCModule(context, name, fill_nothing);
}

static int compile(JSContext *context, const char *from, const char *to) {
  size_t length = 0, size;
  char *text = read_file(from, &length);
  if (text == NULL) return -1;
  const char *slash = strrchr(from, '/');
  int flags = JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY;
  JSValue module = JS_Eval(context, text, length, slash ? slash + 1 : from, flags);
  free(text);
  if (JS_IsException(module)) {
    const char *message = JS_ToCString(context, JS_GetException(context));
    fprintf(stderr, "%s: %s\n", from, message);
    return -1;
  }
  uint8_t *bytes = JS_WriteObject(context, &size, module, JS_WRITE_OBJ_BYTECODE);
  FILE *file = bytes ? fopen(to, "wb") : NULL;
  if (file == NULL) return -1;
  int failed = fwrite(bytes, 1, size, file) != size;
  return fclose(file) != 0 || failed ? -1 : 0;
}

int main(int count, char **words) {
  for (int i = 1; i + 1 < count; i += 2) {
    JSRuntime *runtime = JS_NewRuntime();
    JS_SetStripInfo(runtime, JS_STRIP_DEBUG);
    JS_SetModuleLoaderFunc(runtime, NULL, stand_in, NULL);
    JSContext *context = JS_NewContext(runtime);
    if (compile(context, words[i], words[i + 1]) < 0) {
      fprintf(stderr, "%s was not compiled\n", words[i]);
      return EXIT_FAILURE;
    }
    JS_FreeContext(context);
    // The compiler's memory is freed with the process.
  }
  return EXIT_SUCCESS;
}
