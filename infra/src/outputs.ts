import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter/index.js';
import { TerraformCount, TerraformOutput, TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import { type EnvironmentName, project } from './environments.ts';

export interface Output {
  readonly value: string;
  readonly description: string;
  /** A Terraform expression of variables that says when there is a value. Default: always. */
  readonly existsIf?: string;
}

export interface OutputsProps {
  readonly environment: EnvironmentName;
  readonly outputs: Readonly<Record<string, Output>>;
}

/**
 * What other systems need to know of an environment: as outputs of the stack, and under the same names as SSM
 * parameters, `/<project>/<environment>/<name>`. None is secret. Where there is no value the output is empty, and there
 * is no parameter, since SSM has no empty ones.
 *
 * The outputs belong to the stack itself: `cdktf deploy --outputs-file` nests them by construct, and readers find them
 * under their bare names, `{"<stack>": {"<name>": …}}`.
 */
export class Outputs extends Construct {
  constructor(scope: Construct, id: string, { environment, outputs }: OutputsProps) {
    super(scope, id);
    for (const [name, { value, description, existsIf }] of Object.entries(outputs)) {
      new TerraformOutput(TerraformStack.of(this), name, { value, description });
      new SsmParameter(this, name, {
        ...(existsIf !== undefined && { count: TerraformCount.of(Token.asNumber(`\${${existsIf} ? 1 : 0}`)) }),
        name: `/${project}/${environment}/${name}`,
        type: 'String',
        value,
        description,
      });
    }
  }
}
