import * as z from 'zod/mini';

/** A schema, not a registry of them. */
type Schema = z.core.$ZodType;

/** JSON Schema of a message, with a description for each field that has one. */
export function jsonSchemaOf(schema: Schema, describe: (field: string) => string | undefined): object {
  const { $schema: _, properties = {}, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return {
    ...rest,
    properties: Object.fromEntries(
      Object.entries(properties).map(([field, property]) => {
        const description = describe(field);
        return [field, { ...(property as object), ...(description === undefined ? {} : { description }) }];
      }),
    ),
  };
}
