export { httpRoom } from './http.room.js';
export {
  GotRequestException,
  RequestFinished,
  type RequestExceptionPayload,
  type RequestFinishedPayload,
  type RequestPayload,
  RequestStarted,
} from './request-signals.js';
