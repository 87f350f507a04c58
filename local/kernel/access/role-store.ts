import { managedPolicyOfAws } from './aws-managed-policies';
import type { Policy } from './policy';

export interface Role {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly createdAt: Date;
  readonly description: string;
  trust: Policy;
  trustDocument: string;
  /** By policy name. */
  readonly inline: Map<string, Policy>;
  /** ARNs of managed policies. */
  readonly attached: Set<string>;
}

/** The account's roles and managed policies. The IAM service writes them; authorisation reads them. */
export class RoleStore {
  private readonly roles = new Map<string, Role>();
  private readonly managed = new Map<string, Policy>();

  findByName(name: string): Role | undefined {
    return this.roles.get(name);
  }

  findByArn(arn: string): Role | undefined {
    return [...this.roles.values()].find((role) => role.arn === arn);
  }

  list(): readonly Role[] {
    return [...this.roles.values()];
  }

  put(role: Role): void {
    this.roles.set(role.name, role);
  }

  delete(name: string): void {
    this.roles.delete(name);
  }

  putManagedPolicy(arn: string, policy: Policy): void {
    this.managed.set(arn, policy);
  }

  deleteManagedPolicy(arn: string): void {
    this.managed.delete(arn);
  }

  /** A managed policy of the account or of AWS, or undefined. */
  findManagedPolicy(arn: string): Policy | undefined {
    return this.managed.get(arn) ?? managedPolicyOfAws(arn);
  }

  /** Every identity policy of a role. */
  policiesOf(role: Role): readonly Policy[] {
    const attached = [...role.attached]
      .map((arn) => this.findManagedPolicy(arn))
      .filter((policy) => policy !== undefined);
    return [...role.inline.values(), ...attached];
  }
}
