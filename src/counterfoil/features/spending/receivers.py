"""What becomes of lines when something below happens."""

from counterfoil.features.connections.removal import purge_on_removal
from counterfoil.features.spending.models import Line, Part, Reading

# In this order: what points to another comes before it.
for _model in (Part, Line, Reading):
    purge_on_removal(_model)
