import { parsePolicy } from '../../../kernel/access/policy';
import type { JsonObject } from '../../../kernel/contracts';
import type { LocalKernel } from '../../../kernel/create-kernel';

/** A role that this service may assume, under `condition` if given, with these policy statements. Returns its ARN. */
export function addRole(
  kernel: LocalKernel,
  name: string,
  service: string,
  statements: readonly JsonObject[],
  condition?: JsonObject,
): string {
  const arn = `arn:aws:iam::${kernel.accountId}:role/${name}`;
  const trust = {
    Statement: [
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: service },
        ...(condition !== undefined && { Condition: condition }),
      },
    ],
  };
  kernel.roles.put({
    arn,
    name,
    path: '/',
    id: name,
    createdAt: new Date(),
    description: '',
    trust: parsePolicy(trust),
    trustDocument: JSON.stringify(trust),
    inline: new Map(statements.length === 0 ? [] : [['policy', parsePolicy({ Statement: [...statements] })]]),
    attached: new Set(),
  });
  return arn;
}
