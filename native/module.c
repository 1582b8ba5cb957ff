// The module `host`, which the program imports.
#include <string.h>

#include "host.h"

static KEPT JSValue waiter = {.tag = JS_TAG_UNDEFINED};
static int word_count;
static char **words;

JSValue host_waiter(JSContext *context) { return JS_DupValue(context, waiter); }

/// The command line.
static HOST_FUNCTION(command_line) {
  JSValue list = JS_NewArray(context);
  for (int i = 0; i < word_count; i++) {
    JS_SetPropertyUint32(context, list, (uint32_t)i, host_decode(context, words[i], strlen(words[i])));
  }
  return host_checked(context, list);
}

/// Loads a further module of the program; gives a promise of its exports.
static HOST_FUNCTION(load_module) {
  const char *name = JS_ToCString(context, arguments[0]);
  if (name == NULL) return JS_EXCEPTION;
  JSValue result = JS_LoadModule(context, "", name);
  JS_FreeCString(context, name);
  return result;
}

/// Sets the function that is called when no job is pending. It waits for events and returns whether there will be more.
static HOST_FUNCTION(set_waiter) {
  JS_FreeValue(context, waiter);
  waiter = JS_DupValue(context, arguments[0]);
  return JS_UNDEFINED;
}

static const JSCFunctionListEntry functions[] = {
    JS_PROP_STRING_DEF("engine", CONFIG_VERSION, 0),
    JS_CFUNC_DEF("words", 0, command_line),
    JS_CFUNC_DEF("loadModule", 1, load_module),
    JS_CFUNC_DEF("setWaiter", 1, set_waiter),
};

static const struct {
  const JSCFunctionListEntry *entries;
  const int *count;
} parts[] = {
    {host_files, &host_files_count},       {host_sockets, &host_sockets_count}, {host_process, &host_process_count},
    {host_terminal, &host_terminal_count}, {host_text, &host_text_count},       {host_scan, &host_scan_count},
    {host_connections, &host_connections_count}, {host_records, &host_records_count},
    {host_record_plans, &host_record_plans_count}, {host_record_writer, &host_record_writer_count},
    {host_rows, &host_rows_count},
    {host_row_plans, &host_row_plans_count}, {host_row_lists, &host_row_lists_count},
    {host_rules, &host_rules_count},       {host_series, &host_series_count},
    {host_entries, &host_entries_count},
    {host_entry_requests, &host_entry_requests_count},
    {host_entry_records, &host_entry_records_count},
};

#define COUNT(list) ((int)(sizeof(list) / sizeof *(list)))

static int fill(JSContext *context, JSModuleDef *module) {
  JS_SetModuleExportList(context, module, functions, COUNT(functions));
  for (int i = 0; i < COUNT(parts); i++) {
    JS_SetModuleExportList(context, module, parts[i].entries, *parts[i].count);
  }
  return 0;
}

void host_set_words(int count, char **arguments) {
  word_count = count;
  words = arguments;
}

JSModuleDef *host_module(JSContext *context) {
  JSModuleDef *module = JS_NewCModule(context, "host", fill);
  if (module == NULL) return NULL;
  JS_AddModuleExportList(context, module, functions, COUNT(functions));
  for (int i = 0; i < COUNT(parts); i++) {
    JS_AddModuleExportList(context, module, parts[i].entries, *parts[i].count);
  }
  return module;
}
