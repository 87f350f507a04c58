import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  LambdaServiceException,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdated,
} from '@aws-sdk/client-lambda';
import type { FunctionNetworks } from '../domain/function-network';
import { awsClient } from './aws-client';

/**
 * Seconds that `settled` waits: Lambda creates interfaces in about a minute
 * (aws-facts: lambda-interfaces-take-a-minute), and the waiting function's timeout is 300 s.
 */
const LONGEST_UPDATE = 240;

export function connectFunctionNetworks(client = awsClient(LambdaClient)): FunctionNetworks {
  return {
    async of(FunctionName) {
      try {
        const { VpcConfig = {} } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
        return { subnetIds: VpcConfig.SubnetIds ?? [], securityGroupIds: VpcConfig.SecurityGroupIds ?? [] };
      } catch (error) {
        if (error instanceof LambdaServiceException && error.name === 'ResourceNotFoundException') return undefined;
        throw error;
      }
    },

    async place(FunctionName, { subnetIds, securityGroupIds }) {
      const VpcConfig = { SubnetIds: [...subnetIds], SecurityGroupIds: [...securityGroupIds] };
      try {
        await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, VpcConfig }));
        return true;
      } catch (error) {
        if (error instanceof LambdaServiceException && /^AccessDenied/.test(error.name)) return false;
        throw error;
      }
    },

    async settled(FunctionName) {
      await waitUntilFunctionUpdated(
        { client, maxWaitTime: LONGEST_UPDATE, minDelay: 1, maxDelay: 5 },
        { FunctionName },
      );
    },
  };
}
