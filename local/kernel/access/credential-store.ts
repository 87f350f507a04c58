import { randomBytes } from 'node:crypto';
import { AwsError, type Principal, type TemporaryCredentials } from '../contracts';

interface Holder {
  readonly secretAccessKey: string;
  readonly principal: Principal;
}

interface TemporaryHolder extends Holder {
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** The deployer's long-lived keys. They allow every action. */
export const deployerKeys = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

/** Access keys and their holders: the deployer's keys, and the temporary credentials that STS has issued. */
export class CredentialStore {
  private readonly temporary = new Map<string, TemporaryHolder>();

  constructor(private readonly deployer: Principal) {}

  /**
   * The holder of an access key. Throws InvalidClientTokenId for unknown keys and wrong tokens, ExpiredToken after the
   * expiry.
   */
  find(accessKeyId: string, sessionToken: string | undefined, now: Date): Holder {
    if (accessKeyId === deployerKeys.accessKeyId) {
      return { secretAccessKey: deployerKeys.secretAccessKey, principal: this.deployer };
    }
    const holder = this.temporary.get(accessKeyId);
    if (holder === undefined || holder.sessionToken !== sessionToken) {
      throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
    }
    if (holder.expiration <= now) {
      throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
    }
    return holder;
  }

  issue(principal: Principal, expiration: Date): TemporaryCredentials {
    const accessKeyId = `ASIA${randomBytes(10).toString('hex').slice(0, 16).toUpperCase()}`;
    const secretAccessKey = randomBytes(30).toString('base64');
    const sessionToken = randomBytes(96).toString('base64');
    this.temporary.set(accessKeyId, { secretAccessKey, sessionToken, expiration, principal });
    return { accessKeyId, secretAccessKey, sessionToken, expiration };
  }
}
