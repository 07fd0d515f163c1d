/** What an IP address is to us: public, private, or one that no setting opens. Pure. */
import ipaddr from 'ipaddr.js';

/**
 * 'public': global unicast, may be called. 'private': everything else that is an address (listed good, not listed
 * bad). 'metadata': services of cloud hosts that hand out credentials; no exception lifts these.
 */
export type AddressKind = 'public' | 'private' | 'metadata';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Classifies an address as the resolver or a URL gives it, brackets taken off. What is no address is 'private'. */
export function classifyAddress(text: string): AddressKind {
  const address = parseAddress(text);
  if (!address) return 'private';
  const embedded = address.kind() === 'ipv6' ? embeddedAddresses(address) : [];
  if ([address, ...embedded].some(isMetadata)) return 'metadata';
  // An IPv6 address that carries an IPv4 one reaches a host the IPv4 rules never saw; ipaddr.js counts some of
  // them (::/96, ISATAP) as unicast.
  if (embedded.length > 0) return 'private';
  return address.range() === 'unicast' ? 'public' : 'private';
}

/** Whether the address lies in the network; false for another family. */
export function isInNetwork(text: string, [network, bits]: [Address, number]): boolean {
  const address = parseAddress(text);
  return address !== undefined && address.kind() === network.kind() && address.match([network, bits]);
}

function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? ipaddr.parse(bare) : undefined;
}

/** AWS, Google, Oracle, Alibaba, Azure (wire server), OpenStack; ECS and EKS agents. */
const metadataNetworks = [
  '169.254.169.0/24',
  '169.254.170.0/24',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  'fe80::a9fe:a9fe/128',
].map((network) => ipaddr.parseCIDR(network));

function isMetadata(address: Address): boolean {
  return metadataNetworks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match([network, bits]),
  );
}

/** IPv6 networks whose last 32 bits are an IPv4 address: RFC 4291 §2.5.5 (both), RFC 2765, RFC 6052, RFC 8215. */
const carriersAtEnd = ['::/96', '::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48'].map(
  (network) => ipaddr.parseCIDR(network),
);

function embeddedAddresses(address: Address): ipaddr.IPv4[] {
  const bytes = address.toByteArray();
  const at = (start: number, flip = 0) =>
    new ipaddr.IPv4(bytes.slice(start, start + 4).map((byte) => byte ^ flip));
  const range = address.range();
  // :: and ::1 lie in ::/96 and are no carriers.
  if (range === 'unspecified' || range === 'loopback') return [];
  if (carriersAtEnd.some((network) => address.match(network))) return [at(12)];
  if (range === '6to4') return [at(2)];
  // RFC 4380 §4: the server in clear, the client with all bits turned over.
  if (range === 'teredo') return [at(4), at(12, 0xff)];
  // ISATAP, RFC 5214 §6.1: interface id 0000:5efe or 0200:5efe before the address.
  const isIsatap =
    (bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
  return isIsatap ? [at(12)] : [];
}
