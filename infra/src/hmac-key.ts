import { TerraformResource } from 'cdktf';
import { Construct } from 'constructs';

/**
 * The environment's key for HMACs: of addresses, which rate limits count by, and of session IDs, which links and QR
 * codes carry. Two random UUIDs, 244 random bits, made with the stack and kept in Terraform's state, which is as secret
 * as the key. Raising `hmac_key_version` makes another.
 */
export class HmacKey extends Construct {
  /** A Terraform expression, sensitive: no plan of a function that has it shows it. */
  readonly value: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    // Not protected from replacement: a key that became known must be replaceable while the tables are protected.
    const key = new TerraformResource(this, 'key', {
      terraformResourceType: 'terraform_data',
      // `uuid()` is another one in each plan.
      lifecycle: { ignoreChanges: ['input'] },
    });
    key.addOverride('input', `\${join("", [uuid(), uuid()])}`);
    key.addOverride('triggers_replace', `\${var.hmac_key_version}`);
    this.value = `\${sensitive(${key.fqn}.output)}`;
  }
}
