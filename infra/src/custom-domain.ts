import { Apigatewayv2ApiMapping } from '@cdktf/provider-aws/lib/apigatewayv2-api-mapping/index.js';
import { Apigatewayv2DomainName } from '@cdktf/provider-aws/lib/apigatewayv2-domain-name/index.js';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';
import type { WebSocketApi } from './web-socket-api.ts';
import type { WebSocketStage } from './web-socket-stage.ts';

export interface CustomDomainProps {
  readonly api: WebSocketApi;
  readonly stage: WebSocketStage;
}

/**
 * The domain of the variables `domain_name`, `certificate_arn` and `hosted_zone_id`, if they are given: the stage
 * answers at its root, for clients (`wss://<domain>`). The service itself stays at API Gateway's own address.
 */
export class CustomDomain extends Construct {
  /** What a DNS record must point at; empty without a domain. */
  readonly target: string;

  constructor(scope: Construct, id: string, { api, stage }: CustomDomainProps) {
    super(scope, id);
    const when = (condition: string) => TerraformCount.of(Token.asNumber(`\${${condition} ? 1 : 0}`));
    const domain = new Apigatewayv2DomainName(this, 'domain', {
      count: when(`var.${domainVariable} != ""`),
      domainName: `\${var.${domainVariable}}`,
      domainNameConfiguration: {
        certificateArn: `\${var.certificate_arn}`,
        endpointType: 'REGIONAL',
        securityPolicy: 'TLS_1_2', // the only one that there is for WebSocket APIs
        ipAddressType: `\${var.ip_address_type}`,
      },
    });
    new Apigatewayv2ApiMapping(this, 'mapping', {
      count: when(`var.${domainVariable} != ""`),
      apiId: api.id,
      domainName: `\${${domain.fqn}[0].id}`,
      // Without a mapping key: clients connect to the domain itself.
      stage: stage.stage.id,
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
    record('record', 'A', 'var.hosted_zone_id != ""');
    record('record-ipv6', 'AAAA', 'var.hosted_zone_id != "" && var.ip_address_type == "dualstack"');
    this.target = `\${var.${domainVariable} == "" ? "" : ${configuration}.target_domain_name}`;
  }
}

/** The API's address for clients depends on it, too. */
export const domainVariable = 'domain_name';
