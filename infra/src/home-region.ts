import { DataResource, Token } from 'cdktf';
import { Construct } from 'constructs';

/**
 * Keeps the Region that the stack was made in, in Terraform's state. The provider takes its Region from here, so that
 * Terraform evaluates this before it asks AWS anything. With another `aws_region` it would find none of its resources,
 * and make all of them a second time, beside the old ones: instead, the plan fails with one error. A destroy goes where
 * the resources are.
 */
export class HomeRegion extends Construct {
  /** The Region's name; a Terraform expression. */
  readonly name: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const madeIn = new DataResource(this, 'made-in', {
      input: Token.asAnyMap(`\${var.aws_region}`),
      lifecycle: {
        ignoreChanges: ['input'],
        postcondition: [
          {
            condition: `\${self.input == var.aws_region}`,
            errorMessage: `aws_region is \${var.aws_region}, but this stack was made in \${self.input}, where its resources are: set aws_region = "\${self.input}", or see "Another Region" in docs/deployment.md.`,
          },
        ],
      },
    });
    this.name = `\${${madeIn.fqn}.input}`;
  }
}
