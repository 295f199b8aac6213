/**
 * The reading of a synthesized stack by itself, for tools that ask about resources which do not run here: every
 * attribute with its Terraform expressions evaluated.
 */
export { readDocument } from './document.ts';
export { Module } from './module.ts';
export type { ResourceInstance } from './resource-instance.ts';
