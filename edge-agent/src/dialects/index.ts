/**
 * Dialects: what each AI API looks like on the wire, and nothing about where it is sent. Paths, request facts, usage,
 * refusals and model lists; pure functions over bytes.
 */
export type {
  DialectModule,
  Endpoint,
  EndpointReading,
  Meter,
  MeterInput,
  MeterReading,
  Operation,
  RequestFacts,
  RequestReading,
  WrittenRefusal,
} from './dialect.ts';
