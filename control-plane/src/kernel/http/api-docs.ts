import { problem } from '@aicarpool/shared-protocol';
import type { AnyContractRouter } from '@orpc/contract';
import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';

const about = `Every answer is \`{"success": true, "data": …}\` or \`{"success": false, "error": {"code", "message", "details", "request_id"}}\`.
Sign in with POST /auth/login and send its token as \`Authorization: Bearer …\`.`;

/** The OpenAPI 3.1 document of a contract whose paths are relative to `/api/v1`. */
export async function describeApi(contract: AnyContractRouter): Promise<OpenAPI.Document> {
  const converter = new ZodToJsonSchemaConverter();
  const [, problemSchema] = converter.convert(problem, { strategy: 'output' });
  const document = await new OpenAPIGenerator({ schemaConverters: [converter] }).generate(contract, {
    info: { title: 'AiCarpool', version: '1', description: about },
    servers: [{ url: '/api/v1' }],
    security: [{ bearer: [] }],
    components: {
      schemas: { Problem: problemSchema as OpenAPI.SchemaObject },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  });
  for (const { operation } of operationsOf(document)) {
    operation.responses = {
      ...operation.responses,
      default: {
        description: 'refused',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    };
  }
  return document;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operation: OpenAPI.OperationObject;
}

/** Every call of a document, in its order. */
export function operationsOf(document: OpenAPI.Document): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item?.[method];
      return operation ? [{ method: method.toUpperCase(), path, operation: operation as OpenAPI.OperationObject }] : [];
    }),
  );
}
