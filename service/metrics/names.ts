/** Metric names. Dashboards and alert rules query them: change both together. */
export const HTTP_REQUESTS_TOTAL = 'http_requests_total';
export const HTTP_REQUEST_DURATION_SECONDS = 'http_request_duration_seconds';
export const DATA_OPERATIONS_TOTAL = 'data_operations_total';
export const DATA_OPERATION_DURATION_SECONDS = 'data_operation_duration_seconds';
export const HTTP_REQUESTS_IN_FLIGHT = 'http_requests_in_flight';
export const TELEMETRY_DROPPED_TOTAL = 'telemetry_dropped_total';
export const DATA_BYTES_IN_FLIGHT = 'data_bytes_in_flight';
