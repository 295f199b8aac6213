import type { TerraformResource } from 'cdktf';

/**
 * The lifecycle of a resource that is replaced together with others: AWS deletes it with them, or refuses to delete them
 * while it is there, and Terraform notices neither. An `id` is unknown in a plan only when its resource is replaced, so
 * a change in place sets nothing off. The reference is written out: Terraform takes no template here.
 */
export const replacedWith = (...others: readonly TerraformResource[]): { replaceTriggeredBy: string[] } => ({
  replaceTriggeredBy: others.map((other) => `${other.terraformResourceType}.${other.friendlyUniqueId}.id`),
});

/** The same of resources that are made for each element of a map, with the one of the same key. */
export const replacedWithEach = (other: TerraformResource): { replaceTriggeredBy: string[] } => ({
  replaceTriggeredBy: [`${other.terraformResourceType}.${other.friendlyUniqueId}[each.key].id`],
});

/** The lifecycle of what holds data or an address: a plan that deletes or replaces it is refused while protected. */
export const protectedIf = (isProtected: boolean): { lifecycle?: { preventDestroy: true } } =>
  isProtected ? { lifecycle: { preventDestroy: true } } : {};
