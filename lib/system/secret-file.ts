// Files with secrets, such as a key or a password.
import type { System } from './system.ts'

const READ_BY_OTHERS = 0o004

/** The problem of a file with a secret that all users may read; undefined: they may not. */
export function openSecret(path: string, { fileMode }: Pick<System, 'fileMode'>): string | undefined {
  return ((fileMode?.(path) ?? 0) & READ_BY_OTHERS) === 0
    ? undefined
    : `${path}: all users may read this secret: chmod 600 ${path}`
}
