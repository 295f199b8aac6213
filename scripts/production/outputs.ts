/** What `terraform output -json` prints. */
export type TerraformOutputs = Readonly<Record<string, { readonly value: unknown; readonly sensitive: boolean }>>;

/** Returns outputs under their names as `cdktf deploy --outputs-file` writes them: values alone, and no sensitive ones. */
export const flatOutputs = (outputs: TerraformOutputs): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(outputs)
      .filter(([, { sensitive }]) => !sensitive)
      .map(([name, { value }]) => [name, value]),
  );
