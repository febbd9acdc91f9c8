import { parentPort, workerData } from 'node:worker_threads';
import geoip from 'geoip-lite';
import type { Place } from './locate-address.ts';

const found = geoip.lookup(String(workerData));
const [latitude, longitude] = found?.ll ?? [];
const place: Place | undefined =
  found && typeof latitude === 'number' && typeof longitude === 'number'
    ? { country: found.country, city: found.city === '' ? null : found.city, latitude, longitude }
    : undefined;
parentPort?.postMessage(place);
