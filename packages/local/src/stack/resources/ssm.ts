import type { ResourceTypes } from './index.ts';

export const ssm: ResourceTypes = {
  aws_ssm_parameter: {
    id: (parameter) => parameter.text('name'),
    // A name with a path brings its own slash along.
    arn: (parameter) => parameter.arn('ssm', `parameter/${parameter.text('name').replace(/^\//, '')}`),
    version: () => 1,
  },
};
