/* Tells a service manager about readiness, by the sd_notify protocol. */
#ifndef PBC_SERVER_SYSTEMD_H
#define PBC_SERVER_SYSTEMD_H

/*
 * "READY=1", "STOPPING=1". Does nothing without $NOTIFY_SOCKET; a failure changes nothing for the
 * server.
 */
void systemd_notify(const char *state);

#endif
