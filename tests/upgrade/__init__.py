"""Every later version must read the states and catalogs of earlier ones."""
