# The environment in which Open MPI runs well, also with more ranks than cores and in containers.
# To be sourced (. jobs/mpi_env.sh); what is set already stays.

# mpirun refuses to run as root unless told twice.
if [ "$(id -u)" -eq 0 ]; then
  : "${OMPI_ALLOW_RUN_AS_ROOT:=1}" "${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM:=1}"
  export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
fi

# More ranks than cores: no binding, and give the core away while waiting.
: "${OMPI_MCA_rmaps_base_oversubscribe:=1}"
: "${OMPI_MCA_hwloc_base_binding_policy:=none}"
: "${OMPI_MCA_mpi_yield_when_idle:=1}"
export OMPI_MCA_rmaps_base_oversubscribe OMPI_MCA_hwloc_base_binding_policy
export OMPI_MCA_mpi_yield_when_idle
# The first two by their names from Open MPI 5 on.
: "${PRTE_MCA_rmaps_default_mapping_policy:=:oversubscribe}"
: "${PRTE_MCA_hwloc_default_binding_policy:=none}"
export PRTE_MCA_rmaps_default_mapping_policy PRTE_MCA_hwloc_default_binding_policy

# Shared memory within the machine; nothing is probed, nothing warned about. Between several Open
# MPI finds the network itself.
if [ "${SLURM_JOB_NUM_NODES:-1}" -eq 1 ]; then
  : "${OMPI_MCA_pml:=ob1}" "${OMPI_MCA_btl:=self,vader}"
  export OMPI_MCA_pml OMPI_MCA_btl
fi
