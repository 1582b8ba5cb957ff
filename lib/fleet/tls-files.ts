// Problems of the files of certificates: reported before a connection is tried, with the name of the file.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { ClusterSettings } from './etcd-channels.ts'
import type { RawClusterSettings } from './fleet-settings.ts'

/** Undefined: they can be used. */
export function tlsProblem(
  { ca, cert, key }: Pick<RawClusterSettings, 'ca' | 'cert' | 'key'>,
  { tls }: Pick<ClusterSettings, 'tls'>,
): string | undefined {
  if (tls === undefined) return undefined
  if (tls.authority !== undefined && certificateOf(tls.authority) === undefined)
    return `${ca}: there is no certificate in PEM`
  if (tls.certificate === undefined || tls.key === undefined) return undefined
  const certificate = certificateOf(tls.certificate)
  if (certificate === undefined) return `${cert}: there is no certificate in PEM`
  const own = privateKeyOf(tls.key)
  if (own === undefined) return `${key}: there is no private key in PEM, without a passphrase`
  return certificate.checkPrivateKey(own) ? undefined : `${key}: not the key of the certificate ${cert}`
}

function certificateOf(bytes: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes)
  } catch {
    return undefined
  }
}

function privateKeyOf(bytes: Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey(Buffer.from(bytes))
  } catch {
    return undefined
  }
}
