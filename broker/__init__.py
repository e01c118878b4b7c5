"""The center's hub: a private Mosquitto and the center service that orders the queue."""
