// Functions that take bytes or text and pass them on: text as UTF-8 and back, names of sockets and of files, datagrams without
// a receiver, missing parts of a plan. For any input they give a number or a text. And all functions with values of any type.
import {
  close,
  decodeUtf8,
  encodeUtf8,
  open,
  read,
  readRecord,
  receive,
  sameRecord,
  send,
  stat,
  unixConnect,
  write,
  writeRecord,
} from 'host'
import { callWithAny } from '../../test/standalone/host/value-checks.ts'
import { choices, same, target } from './tools.ts'

const status = new Uint32Array(3)

target((bytes) => {
  callWithAny(choices(bytes), 2)
  const text = decodeUtf8(bytes)
  if (typeof text !== 'string') throw new Error('no text')
  // Once more: bytes that are not UTF-8 have been replaced.
  same(decodeUtf8(new Uint8Array(encodeUtf8(text))), text)
  const [from = 0, to = 0, plan = 0] = bytes
  const path = `/nowhere/${text}`
  for (const result of [
    stat(path, status),
    open(path, 0, 0),
    unixConnect(bytes),
    send(-1, bytes),
    write(-1, bytes),
  ]) {
    if (result >= 0) close(result)
  }
  for (const block of [bytes, bytes.subarray(from), bytes.subarray(from, to)]) {
    read(-1, block)
    receive(-1, block, from, new Uint32Array(to))
    readRecord(plan, block, from - 8, to, from, true)
    writeRecord(plan, {}, block, from)
    sameRecord(plan, { [text]: from }, { [text]: to })
  }
})
