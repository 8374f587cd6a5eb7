import { create, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';

/** A message with `changes` over what it was read with, unknown fields included. */
export function derive<D extends DescMessage>(
  schema: D,
  origin: MessageShape<D> | undefined,
  changes: MessageInitShape<D>,
): MessageShape<D> {
  if (!origin) return create(schema, changes);
  const { $typeName: _, $unknown, ...fields } = origin as MessageShape<D> & Record<string, unknown>;
  // A field that was absent and still has its default stays absent.
  const real = Object.entries(changes).filter(
    ([key, value]) => (origin as Record<string, unknown>)[key] !== value,
  );
  const message = create(schema, {
    ...fields,
    ...Object.fromEntries(real),
  } as unknown as MessageInitShape<D>);
  if ($unknown) message.$unknown = $unknown as NonNullable<typeof message.$unknown>;
  return message;
}
