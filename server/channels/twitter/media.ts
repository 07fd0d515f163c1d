/** Media of direct messages and posts as attachments. Pure. */
import { listAt, member, textAt } from './reading.ts';

export interface Attachment {
  type: 'image' | 'video' | 'file';
  url: string;
}

/** Highest bit rate of a video that is taken; above it a helpdesk gains nothing. */
const bestBitrate = 832_000;

/** Attachments of media objects; one without a usable address is left out. A GIF is a video there. */
export function attachmentsOf(media: readonly unknown[]): Attachment[] {
  return media.flatMap((one) => {
    const kind = textAt(one, 'type');
    const isVideo = kind === 'video' || kind === 'animated_gif';
    const still = textAt(one, 'media_url_https') ?? textAt(one, 'url');
    const url = isVideo ? (videoUrl(one) ?? still) : still;
    if (url === undefined || !/^https?:\/\//.test(url)) return [];
    return [{ type: kind === 'photo' ? 'image' : isVideo ? 'video' : 'file', url } as const];
  });
}

/** The best MP4 up to the bit rate, else the smallest one. */
function videoUrl(media: unknown): string | undefined {
  const variants = [...listAt(media, 'video_info', 'variants'), ...listAt(media, 'variants')]
    .filter((variant) => textAt(variant, 'content_type') === 'video/mp4')
    .map((variant) => ({ url: textAt(variant, 'url'), rate: rateOf(variant) }))
    .sort((a, b) => a.rate - b.rate);
  return (variants.findLast(({ rate }) => rate <= bestBitrate) ?? variants[0])?.url;
}

function rateOf(variant: unknown): number {
  const rate = member(variant, 'bitrate') ?? member(variant, 'bit_rate');
  return typeof rate === 'number' ? rate : 0;
}
