// A process that holds the lock of restores by its exact address: 108 bytes, as the kernel compares them.
import { type ChildProcess, spawn } from 'node:child_process'

const PROGRAM = `
  use Socket;
  $| = 1;
  socket my $server, AF_UNIX, SOCK_STREAM, 0 or die;
  bind $server, pack("S a108", AF_UNIX, "\\0ipvsadm-restore" . "." x 92) or die "bind: $!";
  listen $server, 10 or die;
  print "held\\n";
  while (accept my $client, $server) { syswrite $client, "a test\\n"; push @clients, $client }`

/** In a network namespace of its own, with a command that runs in it. */
export class LockHolder {
  readonly #process: ChildProcess
  readonly #held: Promise<void>

  constructor() {
    this.#process = spawn('unshare', ['--net', 'perl', '-e', PROGRAM], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#held = new Promise((resolve, reject) => {
      this.#process.stdout!.once('data', () => resolve())
      this.#process.once('exit', (status) => reject(new Error(`the holder ended with ${status}`)))
    })
  }

  /** The words of a command that runs beside the holder. */
  async beside(...words: string[]): Promise<[string, ...string[]]> {
    await this.#held
    return ['nsenter', `--net=/proc/${this.#process.pid}/ns/net`, ...words]
  }

  end(): void {
    this.#process.removeAllListeners('exit').kill()
  }
}
