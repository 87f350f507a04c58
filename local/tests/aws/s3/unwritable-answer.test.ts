import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { createStandInS3 } from '../../../aws/s3/stand-in';
import { startControlPlane } from '../../kernel/support/control-plane';

it("answers 500 when the backend's answer cannot be written, so that no client waits", async () => {
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const plane = await startControlPlane(undefined, async (storage) => ({
    ...createStandInS3(storage),
    answer: async () => ({ status: 200, headers: { location: '/π' } }),
  }));
  const s3 = new S3Client({ ...plane.client, forcePathStyle: true });
  try {
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'any' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 500 },
    });
    expect(said).toHaveBeenCalledWith(expect.stringContaining('Invalid character in header content ["location"]'));
  } finally {
    said.mockRestore();
    s3.destroy();
    await plane.close();
  }
});
