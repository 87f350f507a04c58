import { IAMClient } from '@aws-sdk/client-iam';
import { ensureServiceLinkedRoles } from '../../../plugin/service-linked-roles';

it('says once that there are no credentials, instead of a warning a role', async () => {
  const client = new IAMClient({
    region: 'eu-west-1',
    credentials: async () => {
      throw new Error('AWS provider credentials not found. Learn how to set them up.');
    },
  });
  await expect(ensureServiceLinkedRoles(client)).rejects.toMatchObject({
    name: 'NoCredentials',
    message: expect.stringMatching(/nothing was deployed\. Log in \(aws sso login\)/),
  });
});
