import { awsProviderVersion } from '../../infra/src/provider-lock.ts';
import { findTerraform, oldestTerraform, type Terraform } from '../terraform/command.ts';
import { NotHere, type OptionalTool } from './need-tools.ts';

/** Terraform with the AWS provider, both in versions that the stacks are tested with. */
export const terraformWithProvider: OptionalTool<Terraform> = {
  name: `Terraform ${oldestTerraform} or later, and AWS provider ${awsProviderVersion}`,
  remedy: 'TERRAFORM_INIT=download, or TERRAFORM_PLUGIN_DIR=<mirror>',
  find: async () => {
    const found = await findTerraform();
    return typeof found === 'string' ? new NotHere(found) : found;
  },
};
