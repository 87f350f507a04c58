/** Faults that this project does not survive yet, with what happens instead. They stay in the table until they are mended. */
export const notSurvived: Readonly<Record<string, string>> = {
  'hostile: ListWorkspaces answers a page of HTML with status 200':
    'ended with SyntaxError: CreateWorkspace failed. Unexpected token \'<\', "<!doctype "... is not valid JSON\n  Deserialization error: to see the raw response, inspec',
  'hostile: ListWorkspaces answers 24 MB of one character with status 200':
    'ended with SyntaxError: CreateWorkspace failed. Unexpected token \'x\', "xxxxxxxxxx"... is not valid JSON\n  Deserialization error: to see the raw response, inspec',
  'hostile: DescribeServices answers a page of HTML with status 200':
    'ended with SyntaxError: StartServices failed. Unexpected token \'<\', "<!doctype "... is not valid JSON\n  Deserialization error: to see the raw response, inspect ',
  'hostile: DescribeServices answers 24 MB of one character with status 200':
    'ended with SyntaxError: StartServices failed. Unexpected token \'x\', "xxxxxxxxxx"... is not valid JSON\n  Deserialization error: to see the raw response, inspect ',
  'hostile: CreateWorkspaceServiceAccountToken answers a page of HTML with status 200':
    'ended with SyntaxError: InstallPlugins failed. Unexpected token \'<\', "<!doctype "... is not valid JSON\n  Deserialization error: to see the raw response, inspect',
  'hostile: CreateWorkspaceServiceAccountToken answers 24 MB of one character with status 200':
    'ended with SyntaxError: InstallPlugins failed. Unexpected token \'x\', "xxxxxxxxxx"... is not valid JSON\n  Deserialization error: to see the raw response, inspect',
  'hostile: GetExecutionHistory answers a page of HTML with status 200':
    'ended with SyntaxError: PublishReport failed. Unexpected token \'<\', "<!doctype "... is not valid JSON\n  Deserialization error: to see the raw response, inspect ',
  'hostile: GetExecutionHistory answers 24 MB of one character with status 200':
    'ended with SyntaxError: PublishReport failed. Unexpected token \'x\', "xxxxxxxxxx"... is not valid JSON\n  Deserialization error: to see the raw response, inspect ',
  'hostile: GET /api/search answers an empty object':
    'ended with TypeError: ApplyDashboards failed. body.filter is not a function',
  'hostile: GET /api/v1/provisioning/contact-points answers an empty object':
    'ended with TypeError: ApplyAlerting failed. (intermediate value).find is not a function',
  'hostile: POST /api/dashboards/db answers an empty object': '4 dashboards instead of 5',
  'data plane: stdout blocked':
    'the requests did not end in 30 s; answered 408; answered 504; only 335 requests; /health answered TimeoutError 5 times',
};
