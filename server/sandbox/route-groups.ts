/** Everything that the sandbox answers: one line a group, tried in this order. A group keeps what is its alone. */
import type { Router } from '@koa/router';
import { activityRoutes } from './activity-routes.ts';
import { bearerRoutes } from './bearers.ts';
import { consentRoutes } from './consent.ts';
import { controlRoutes } from './control-routes.ts';
import { credentialRoutes } from './credential-routes.ts';
import { customerRoutes } from './customer.ts';
import { anyRoutes, echoRoutes } from './echo-routes.ts';
import type { SandboxState } from './exchange.ts';
import { homeRoutes } from './home.ts';
import { identityRoutes } from './identity-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { messageV1Routes } from './message-v1-routes.ts';
import { messageV2Routes } from './message-v2-routes.ts';
import { oauthRoutes } from './oauth-routes.ts';
import { oauth2Routes } from './oauth2-routes.ts';
import type { Profile } from './profile.ts';
import { pushRoutes } from './push-routes.ts';
import { v1Routes } from './v1-routes.ts';
import { v2Routes } from './v2-routes.ts';
import type { Views } from './views.ts';
import type { World } from './world.ts';

export type RouteGroup = (world: World, views: Views) => Router<SandboxState>;

export const routeGroups: readonly RouteGroup[] = [
  keyRoutes,
  oauth2Routes,
  oauthRoutes,
  consentRoutes,
  identityRoutes,
  controlRoutes,
  credentialRoutes,
  pushRoutes,
  homeRoutes,
  echoRoutes,
];

/** The API of each kind of service, tried after the groups above. */
export const apiGroups: Readonly<Record<Profile['api'], readonly RouteGroup[]>> = {
  twitter: [
    v1Routes,
    v2Routes,
    messageV1Routes,
    messageV2Routes,
    bearerRoutes,
    activityRoutes,
    customerRoutes,
  ],
  any: [anyRoutes],
};
