import { TerraformResource } from 'cdktf';
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
    // Not CDKTF's `DataResource`: it runs `terraform version` at each synthesis, and `npm start` needs no Terraform.
    const madeIn = new TerraformResource(this, 'made-in', {
      terraformResourceType: 'terraform_data',
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
    madeIn.addOverride('input', `\${var.aws_region}`);
    this.name = `\${${madeIn.fqn}.input}`;
  }
}
