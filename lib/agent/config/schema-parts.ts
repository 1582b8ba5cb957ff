// The part of JSON schema that the configuration's schema uses.

/** The part of JSON schema that is used here. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  /** As it is written in the file. */
  readonly default?: unknown
  readonly format?: string
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: false
  readonly $ref?: string
}

export const duration = (description: string, preset?: string): Schema => ({
  type: ['string', 'number'],
  format: 'duration',
  minimum: 0,
  description,
  ...(preset !== undefined && { default: preset }),
})

export const object = (
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
