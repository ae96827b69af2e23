"""A library whose vectors are on a Milvus server, alone or shared with other machines."""
