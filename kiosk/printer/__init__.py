"""Paper: a port, a driver for real printers, and a virtual printer that ships with the product."""
