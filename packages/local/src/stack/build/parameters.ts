import type { Parameter } from '../model.ts';
import type { Module } from '../module.ts';

/** Every Systems Manager parameter of the stack, with its value. */
export const buildParameters = (module: Module): Parameter[] =>
  module.instancesOf('aws_ssm_parameter').map((parameter) => ({
    name: parameter.text('name'),
    arn: parameter.text('arn'),
    type: parameter.text('type'),
    value: parameter.text('value'),
  }));
