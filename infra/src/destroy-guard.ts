import { TerraformResource, type TerraformStack } from 'cdktf';
import { Construct } from 'constructs';

/**
 * Ends `destroy` before it touches anything while the deployed stack is protected.
 *
 * `prevent_destroy` stands in the stack, not in the state: with `deletion_protection = false` in the settings, but not
 * yet deployed, a plan to destroy everything is accepted, and AWS refuses the tables when all else is gone. This
 * resource remembers what was deployed last. It depends on all others, so it is destroyed first.
 */
export class DestroyGuard extends Construct {
  constructor(stack: TerraformStack, id: string) {
    super(stack, id);
    const others = stack.node
      .findAll()
      .filter(TerraformResource.isTerraformResource)
      .sort((a, b) => (a.node.path < b.node.path ? -1 : 1));
    const guard = new TerraformResource(this, 'guard', {
      terraformResourceType: 'terraform_data',
      dependsOn: others,
    });
    guard.addOverride('input', `\${var.deletion_protection}`);
    guard.addOverride('provisioner', [
      {
        'local-exec': {
          when: 'destroy',
          // No more than every shell has, cmd.exe included.
          command: `\${self.input ? "echo ${refusal} && exit 1" : "exit 0"}`,
          quiet: true,
        },
      },
    ]);
  }
}

const refusal =
  'The deployed stack is protected, nothing was destroyed: deploy with deletion_protection = false before destroy';
