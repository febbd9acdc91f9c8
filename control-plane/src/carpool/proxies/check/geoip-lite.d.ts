declare module 'geoip-lite' {
  interface Found {
    readonly country: string;
    readonly city: string;
    readonly ll: readonly (number | null)[];
  }
  const geoip: { lookup(address: string): Found | null };
  export default geoip;
}
