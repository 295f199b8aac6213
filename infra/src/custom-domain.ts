import { Apigatewayv2ApiMapping } from '@cdktf/provider-aws/lib/apigatewayv2-api-mapping/index.js';
import { Apigatewayv2DomainName } from '@cdktf/provider-aws/lib/apigatewayv2-domain-name/index.js';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';

export interface CustomDomainProps {
  readonly apiId: string;
  readonly stageId: string;
  /** Names of the Terraform variables with the domain, which may be empty, and with its certificate. */
  readonly domainVariable: string;
  readonly certificateVariable: string;
}

/**
 * The domain of an API, if its variable gives one: the stage answers at its root. Its records are in the zone of the
 * variable `hosted_zone_id`, if that is given.
 *
 * The service itself stays at API Gateway's own address. An API has a domain of its own: AWS maps no WebSocket API and
 * HTTP API to the same.
 * @see Amazon API Gateway Developer Guide, "Custom domain names for WebSocket APIs in API Gateway", Considerations
 */
export class CustomDomain extends Construct {
  /** What a DNS record must point at; empty without a domain. */
  readonly target: string;

  constructor(scope: Construct, id: string, props: CustomDomainProps) {
    super(scope, id);
    const { apiId, stageId, domainVariable, certificateVariable } = props;
    const isGiven = `var.${domainVariable} != ""`;
    const when = (condition: string) => TerraformCount.of(Token.asNumber(`\${${condition} ? 1 : 0}`));
    const domain = new Apigatewayv2DomainName(this, 'domain', {
      count: when(isGiven),
      domainName: `\${var.${domainVariable}}`,
      domainNameConfiguration: {
        certificateArn: `\${var.${certificateVariable}}`,
        endpointType: 'REGIONAL',
        securityPolicy: 'TLS_1_2', // WebSocket APIs take no other, and HTTP APIs nothing older
        ipAddressType: `\${var.ip_address_type}`,
      },
    });
    new Apigatewayv2ApiMapping(this, 'mapping', {
      count: when(isGiven),
      apiId,
      domainName: `\${${domain.fqn}[0].id}`,
      // Without a mapping key: the API is at the domain's root.
      stage: stageId,
    });
    const configuration = `${domain.fqn}[0].domain_name_configuration[0]`;
    const record = (recordId: string, type: 'A' | 'AAAA', condition: string) =>
      new Route53Record(this, recordId, {
        count: when(condition),
        zoneId: `\${var.hosted_zone_id}`,
        name: `\${var.${domainVariable}}`,
        type,
        alias: {
          name: `\${${configuration}.target_domain_name}`,
          zoneId: `\${${configuration}.hosted_zone_id}`,
          evaluateTargetHealth: false,
        },
      });
    const isInZone = `${isGiven} && var.hosted_zone_id != ""`;
    record('record', 'A', isInZone);
    record('record-ipv6', 'AAAA', `${isInZone} && var.ip_address_type == "dualstack"`);
    this.target = `\${var.${domainVariable} == "" ? "" : ${configuration}.target_domain_name}`;
  }
}

/** An API's address for clients depends on its domain, too. */
export const webSocketDomain = { domainVariable: 'domain_name', certificateVariable: 'certificate_arn' } as const;
export const httpDomain = { domainVariable: 'http_domain_name', certificateVariable: 'http_certificate_arn' } as const;
